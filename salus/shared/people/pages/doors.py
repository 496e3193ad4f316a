"""The one set of doors that the files of this folder add to."""

from salus.web.doors import Pages

pages = Pages()
pages.account("Profile", "/account", place=10)
pages.account("Sign-in and security", "/account/security", place=20)
