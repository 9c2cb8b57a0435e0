"""How the administration writes times: by the 24-hour clock, and with their zone."""

DATETIME_FORMAT = "j M Y, H:i \\U\\T\\C"
