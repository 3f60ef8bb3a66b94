"""Change management: change requests, CAB meetings and freeze windows (ITIL change management)."""
