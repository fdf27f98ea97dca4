"""Write the pages of alerts, notifications and runbooks."""
