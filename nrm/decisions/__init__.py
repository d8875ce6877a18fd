"""FEEL expressions and DMN decision tables: total, bounded, explained."""
