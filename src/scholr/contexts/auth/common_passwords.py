"""The passwords that are tried first, as far as they still matter where fifteen characters are the least.

Longer ones are caught by repetition and by digits around these (see `model.password_problem`).
"""

# fmt: off
COMMON_PASSWORDS = frozenset((
    "password", "passwort", "motdepasse", "contrasena", "qwerty", "qwertyuiop", "qwertz", "azerty", "asdfgh",
    "asdfghjkl", "zxcvbnm", "iloveyou", "letmein", "welcome", "admin", "administrator", "changeme", "secret",
    "login", "master", "monkey", "dragon", "sunshine", "princess", "football", "baseball", "superman", "batman",
    "trustno1", "starwars", "whatever", "freedom", "shadow", "michael", "jordan", "hunter", "computer", "internet",
    "google", "facebook", "school", "student", "teacher", "learning", "university", "college", "training", "scholr",
    "abc123", "abcdef", "abcdefghijklmnop", "abcdefghijklmnopqrstuvwxyz", "qazwsx", "qazwsxedc", "1q2w3e",
    "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "zaq12wsx", "passw0rd", "p4ssw0rd", "pa55word",
    "correcthorsebatterystaple", "thequickbrownfox", "test", "guest", "default", "example", "temporary",
    "temppassword", "newpassword", "mypassword", "thisismypassword", "passwordpassword", "adminadmin",
    "welcomewelcome", "qwertyqwerty", "letmeinletmein", "iloveyouiloveyou",
))
# fmt: on
