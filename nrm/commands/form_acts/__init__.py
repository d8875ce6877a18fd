"""Form acts: what completing a form does besides keeping its answers, in the completion's transaction."""
