"""The script engine that runs nothing: no text of a diagram ever reaches Python."""

from __future__ import annotations

from typing import NoReturn

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment


class ScriptRefused(RuntimeError):
    """Something asked for a script; conditions are FEEL and are evaluated by their own elements."""


class _Nowhere(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """An environment in which nothing can be evaluated, executed or called."""

    def evaluate(self, *_: object, **__: object) -> NoReturn:
        raise ScriptRefused("Expressions are not evaluated by SpiffWorkflow.")

    def execute(self, *_: object, **__: object) -> NoReturn:
        raise ScriptRefused("Scripts are not run.")

    def call_service(self, *_: object, **__: object) -> NoReturn:
        raise ScriptRefused("Services are not called from inside a run.")


class RefusingScriptEngine(PythonScriptEngine):  # type: ignore[misc]
    """SpiffWorkflow's engine with every door shut (SpiffWorkflow's own is plain ``eval`` and ``exec``)."""

    def __init__(self) -> None:
        super().__init__(environment=_Nowhere())

    def validate(self, *_: object, **__: object) -> NoReturn:
        """Refused."""
        raise ScriptRefused("Expressions are not parsed by SpiffWorkflow.")

    def evaluate(self, *_: object, **__: object) -> NoReturn:
        """Refused."""
        raise ScriptRefused("Expressions are not evaluated by SpiffWorkflow.")

    def execute(self, *_: object, **__: object) -> NoReturn:
        """Refused."""
        raise ScriptRefused("Scripts are not run.")

    def call_service(self, *_: object, **__: object) -> NoReturn:
        """Refused."""
        raise ScriptRefused("Services are not called from inside a run.")
