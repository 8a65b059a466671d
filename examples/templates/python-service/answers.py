def answer(path):
    return (200, "ok") if path == "/healthz" else (404, "not here")
