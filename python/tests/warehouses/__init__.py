"""The warehouses that cannot run here: what of them can be proven without one."""
