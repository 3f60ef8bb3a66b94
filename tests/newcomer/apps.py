from django.apps import AppConfig

from brm.core.roles import READ, RIGHTS


class NewcomerConfig(AppConfig):
    name = "tests.newcomer"

    def ready(self) -> None:
        # In a real record this is a line of the table itself.
        RIGHTS["risks"] = {**READ, "brm": "O:VCUXP", "lead": "A:VCUDXP", "service_owner": "S:V"}
