"""Commands that test and tune the scores: compare, evaluate, calibrate."""

import json
from pathlib import Path
from typing import Annotated

import typer

from engagement.commands.options import (
    AsOfOption,
    Claim,
    DatabaseOption,
    DataOption,
    JsonOption,
    Outcome,
    SamplesOption,
    SeedsOption,
    Subject,
    TargetOption,
    VarsOption,
    err,
    out,
    progress_bar,
    settings_of,
)
from engagement.commands.read import tell_run
from engagement.errors import UsageError
from engagement.lock import only_build


def compare(
    first_version: Annotated[str, typer.Argument(metavar="VERSION", help="A scoring version.")],
    second_version: Annotated[str, typer.Argument(metavar="VERSION", help="Another one.")],
    data: DataOption = None,
    seeds: SeedsOption = None,
    as_of: AsOfOption = None,
    variables: VarsOption = None,
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for all scores and the plots."),
    ] = None,
) -> None:
    """Compare two scoring versions on all dates, before you switch to one."""
    from engagement import compare as comparing

    if first_version == second_version:
        raise UsageError("compare takes two different versions: engagement compare v1 v2.")
    settings = settings_of(data=data, seeds=seeds, as_of=as_of, variables=variables)
    with progress_bar() as bar:
        task = bar.add_task("comparing", total=None)
        found = comparing.compare(
            settings,
            (first_version, second_version),
            lambda step: bar.update(task, description=step),
        )
    for compared in found:
        comparing.print_comparison(out, compared)
        if out_folder is not None:
            comparing.write_comparison(out_folder, compared)


def evaluate(
    claim: Annotated[
        Claim,
        typer.Argument(help="What to test: the score, or what acting on signals does."),
    ] = Claim.score,
    horizon: Annotated[
        int, typer.Option(metavar="DAYS", help="Of actions: days until the outcome.")
    ] = 90,
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
    bootstrap_samples: SamplesOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """Test whether the score predicts churn and expansion, or whether acting keeps customers.

    Of the score it fills score_validation.
    """
    from engagement.history import require_published
    from engagement.outcomes import action_effects
    from engagement.outcomes import evaluate as evaluating

    settings = settings_of(
        data=data, database=database, seeds=seeds, variables=variables, target=target
    )
    tell_run(settings)
    with only_build(settings, err.print) as ended, progress_bar(hidden=as_json) as bar:
        ended.outcome = None  # the next build publishes score_validation
        require_published(settings, "evaluate")
        task = bar.add_task("evaluating", total=None)

        def tell(step: str) -> None:
            bar.update(task, description=step)

        if claim is Claim.actions:
            effect = action_effects.evaluate_actions(settings, horizon, tell)
        else:
            rows = evaluating.evaluate(settings, bootstrap_samples, tell)
    if claim is Claim.actions:
        if as_json:
            typer.echo(json.dumps(action_effects.as_record(effect), indent=2))
        else:
            action_effects.print_effect(out, effect)
    elif as_json:
        dates = {name: rows[name].astype(str) for name in ("first_score_date", "last_score_date")}
        typer.echo(rows.assign(**dates).to_json(orient="records", indent=2))
    else:
        evaluating.print_evaluation(out, rows)


def calibrate(
    subject: Annotated[
        Subject, typer.Argument(help="What to fit: the weights of events, or the model of risk.")
    ] = Subject.weights,
    outcome: Annotated[
        Outcome, typer.Option(help="The outcome that weights are to predict; risk is of churn.")
    ] = Outcome.churned,
    horizon: Annotated[int, typer.Option(metavar="DAYS", help="Days until the outcome.")] = 90,
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
    bootstrap_samples: SamplesOption = 200,
    version_name: Annotated[
        str, typer.Option("--version-name", metavar="NAME", help="Name of the proposed version.")
    ] = "proposal",
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for the rows of the proposed version."),
    ] = None,
) -> None:
    """Propose weights, or a model of risk, from outcomes; change nothing."""
    from engagement.history import require_published
    from engagement.outcomes import calibrate as calibrating
    from engagement.outcomes import risk_model

    settings = settings_of(
        data=data, database=database, seeds=seeds, variables=variables, target=target
    )
    tell_run(settings)
    with only_build(settings, err.print) as ended, progress_bar() as bar:
        ended.outcome = None
        require_published(settings, "calibrate")
        task = bar.add_task("calibrating", total=None)

        def tell(step: str) -> None:
            bar.update(task, description=step)

        if subject is Subject.risk:
            model = risk_model.calibrate_risk(settings, horizon, bootstrap_samples, tell)
        else:
            proposal = calibrating.calibrate(
                settings, outcome.value, horizon, bootstrap_samples, tell
            )
    if subject is Subject.risk:
        risk_model.print_risk_proposal(out, model)
        if out_folder is not None:
            file = risk_model.write_risk_proposal(out_folder, model)
            out.print(f"{file}: rows to add to the seed of that name.")
        return
    calibrating.print_proposal(out, proposal)
    if out_folder is not None:
        calibrating.write_proposal(out_folder, settings, proposal, version_name)
        out.print(f"{out_folder}: the rows of the version {version_name}, to add to the seeds.")
