"""The checker: findings, in full sentences, on diagrams, forms and tables before anyone runs them."""

from nrm.checking.checker import check_bundle, findings_as_json, in_order, require_publishable
from nrm.checking.places import check_path, known_of
from nrm.checking.subject import Known

__all__ = [
    "Known", "check_bundle", "check_path", "findings_as_json", "in_order", "known_of", "require_publishable",
]
