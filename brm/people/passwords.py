"""Which passwords are too easy, beyond what Django's own validators refuse."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from brm.core.models import User

# Words that anybody would try first here.
OWN_WORDS = ("accord", "brm", "itil", "relationship", "management", "password", "welcome", "admin")
FEWEST_CHARACTERS = 5  # different ones, beside those words


class OwnWordsValidator:
    """Refuses a password that is little more than the product's own words or repeats."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError when too little is left without those words."""
        rest = password.casefold()
        for word in OWN_WORDS:
            rest = rest.replace(word, "")
        if len(set(rest)) < FEWEST_CHARACTERS:
            raise ValidationError(self.get_help_text(), code="password_own_words")

    def get_help_text(self) -> str:
        return _("Your password needs more than common words of this product and repeats.")
