"""Why secrets were not read. The texts name settings and paths, and never a secret."""

from scholr.kernel.errors import Invalid, Unavailable


class SecretsUnavailable(Unavailable):
    """Vault does not answer, is sealed or not ready; asking again may help."""

    code = "secrets_unavailable"
    message = "Vault does not answer. See that SCHOLR_VAULT_ADDR is right, and that it is unsealed."


class SecretsRefused(Invalid):
    """Vault answered with a no; asking again does not help."""

    code = "secrets_refused"
    message = "Vault refused."
