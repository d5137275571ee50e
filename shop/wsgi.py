"""The WSGI application a server loads: `gunicorn -c shop/gunicorn_conf.py shop.wsgi:app`."""

from shop.app import create_app

app = create_app()
