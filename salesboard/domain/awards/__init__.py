"""The awards year: seasons, nominations, judging, the night, and the hall of fame."""
