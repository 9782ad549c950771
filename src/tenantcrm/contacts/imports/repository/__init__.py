"""Every query of imports. Each names the tenant; the control plane sees jobs alone."""
