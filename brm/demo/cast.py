"""The people of the demo: one account for each role, and colleagues who never sign in."""

from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from brm.core.models import User

PASSWORD = "demo"  # noqa: S105  public on purpose: only loopback accepts it

# username, name, role
ACCOUNTS = (
    ("admin", "Ada Winter", "administrator"),
    ("brm", "Clara Brandt", "brm"),
    ("lead", "Tomás Herrera", "lead"),
    ("owner", "Priya Nair", "service_owner"),
    ("slm", "Erik Solberg", "service_level_manager"),
    ("finance", "Helen Marsh", "finance"),
    ("operations", "Luca Conti", "operations"),
    ("cab", "Nadia Petrova", "cab_member"),
    ("changemanager", "Owen Gallagher", "change_manager"),
    ("risk", "Ingrid Falk", "risk"),
    ("executive", "Samuel Adeyemi", "executive"),
    ("auditor", "Ruth Keller", "auditor"),
)
COLLEAGUES = (
    ("lin.mei", "林梅 (Lin Mei)", "brm"),
    ("weber.jonas", "Jonas Weber", "brm"),
    ("okafor.amara", "Amara Okafor", "brm"),
    ("novak.petra", "Petra Novák", "service_owner"),
    ("zhao.yun", "赵云 (Zhao Yun)", "service_owner"),
    ("dubois.marc", "Marc Dubois", "service_owner"),
    ("hughes.alice", "Alice Hughes", "service_owner"),
    ("rossi.giulia", "Giulia Rossi", "executive"),
    ("chen.jianguo", "陈建国 (Chen Jianguo)", "executive"),
)


@dataclass
class Cast:
    """The users by username; nobody at all when the demo is made without users."""

    users: dict[str, User] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)

    def get(self, username: str) -> User | None:
        """The user who plays this part, if anybody does."""
        return self.users.get(username)


def assemble() -> Cast:
    """Make the demo's users and return them.

    An existing account of somebody else keeps its password and roles and plays the part as it is;
    `taken` names those. A demo account kept by an earlier `clear_demo` comes back to life.
    """
    cast = Cast(users={u.username: u for u in User.objects.filter(username__in=_usernames())})
    cast.taken = sorted(name for name, user in cast.users.items() if not user.is_demo)
    known = set(cast.taken)
    password = make_password(PASSWORD)
    for username, name, role in (*ACCOUNTS, *COLLEAGUES):
        if username not in known:
            cast.users[username] = _user(cast.users.get(username), username, name, role, password)
    return cast


def _usernames() -> list[str]:
    return [username for username, _name, _role in (*ACCOUNTS, *COLLEAGUES)]


def _user(user: User | None, username: str, name: str, role: str, password: str) -> User:
    signs_in = any(username == account for account, _name, _role in ACCOUNTS)
    user = user or User(username=username)
    user.name, user.is_demo, user.is_active = name, True, True
    user.email = f"{username}@demo.invalid"
    user.password = password if signs_in else make_password(None)
    user.is_superuser = user.is_staff = role == "administrator"
    user.save()
    user.groups.set(Group.objects.filter(name=role))
    return user
