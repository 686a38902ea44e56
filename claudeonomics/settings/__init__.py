"""Settings: `base` reads every variable once; `embedded`, `production` and `test` differ little."""
