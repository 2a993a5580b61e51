"""Prints the one-time codes of a Base32 secret at each of the given times (seconds since 1970)."""

import sys

import pyotp

code = pyotp.TOTP(sys.argv[1])
for moment in sys.argv[2:]:
    print(code.at(int(moment)))
