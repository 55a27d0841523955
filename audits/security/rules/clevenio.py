"""Examples for `clevenio.yaml`: `ruleid` marks what a rule must find, `ok` what it must leave alone. Never run."""


def statements(session, name):
    # ruleid: sql-is-not-built-from-text
    session.execute(text(f"SELECT * FROM people WHERE email = '{name}'"))
    # ruleid: sql-is-not-built-from-text
    session.execute(text("SELECT * FROM people WHERE email = '%s'" % name))
    # ruleid: sql-is-not-built-from-text
    session.execute("SELECT * FROM people WHERE email = '{}'".format(name))
    # ok: sql-is-not-built-from-text
    session.execute(text("SELECT 1"))
    # ok: sql-is-not-built-from-text
    session.execute(select(Person).where(Person.email == name))


def markup(typed):
    # ruleid: markup-is-not-made-of-variables
    Markup(typed)
    # ok: markup-is-not-made-of-variables
    Markup("<b>ours</b>")


def redirects():
    wanted = request.args.get("next")
    # ruleid: a-redirect-goes-through-safe-path
    redirect(wanted, 303)
    # ruleid: a-redirect-goes-through-safe-path
    redirect(request.form["next"])
    # ok: a-redirect-goes-through-safe-path
    redirect(safe_path(request.args.get("next"), "/"), 303)
    # ok: a-redirect-goes-through-safe-path
    redirect(url_for("accounts.account", saved=request.args.get("saved")))


# ruleid: views-write-no-sql
from sqlalchemy import select


def logs(person, token, exc):
    # ruleid: nobody-is-logged
    log.info("signed up: %s", person.email)
    # ruleid: nobody-is-logged
    log.warning("a bad link: %s", token)
    # ruleid: nobody-is-logged
    log.info("asked for %s", request.path)
    # ok: nobody-is-logged
    log.warning("the queue took no nudge for %s", name, exc_info=True)


def trail(session, person, rows):
    # ruleid: the-trail-names-nobody
    audit.record(session, actor="command", action="x", details={"who": person.email}, now=now)
    # ok: the-trail-names-nobody
    audit.record(session, actor="command", action="x", details={"rows": len(rows)}, now=now)


def moments():
    # ruleid: a-moment-has-a-time-zone
    datetime.now()
    # ruleid: a-moment-has-a-time-zone
    datetime.utcnow()
    # ok: a-moment-has-a-time-zone
    datetime.now(UTC)


def links():
    # ruleid: links-come-from-the-base-address
    first = f"https://{request.host}/v/x"
    # ruleid: links-come-from-the-base-address
    second = url_for("accounts.verification", token="x", _external=True)
    # ok: links-come-from-the-base-address
    third = settings.base_url + "/v/x"


def programs(name):
    # ruleid: no-shell
    subprocess.run(f"ls {name}", shell=True)
    # ruleid: no-shell
    os.system("ls")
    # ok: no-shell
    subprocess.run(["ls", name], check=True)


# ruleid: pages-about-somebody-stay-out-of-caches
careless = Blueprint("careless", __name__, url_prefix="/staff/careless")

# ok: pages-about-somebody-stay-out-of-caches
careful = Blueprint("careful", __name__, url_prefix="/staff/careful")
careful.after_request(no_store)


class Careless(FlaskForm):
    # ruleid: forms-keep-their-token
    class Meta:
        csrf = False


class Careful(FlaskForm):
    # ok: forms-keep-their-token
    class Meta:
        pass


def comparisons(key, given):
    # ruleid: secrets-are-compared-in-constant-time
    hmac.new(key, b"x", "sha256").hexdigest() == given
    # ok: secrets-are-compared-in-constant-time
    hmac.compare_digest(hmac.new(key, b"x", "sha256").hexdigest(), given)


def cookies(response):
    # ruleid: a-cookie-says-who-may-read-it
    response.set_cookie("x", "y")
    # ok: a-cookie-says-who-may-read-it
    response.set_cookie("x", "y", samesite="Lax", secure=True)
