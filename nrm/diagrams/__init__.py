"""BPMN diagrams, forms and bundles as documents: read, validated, compared in words."""
