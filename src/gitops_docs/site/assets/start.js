"use strict"
/* Each part of this script is a block of its own, and begins with the page. Material replaces the page without loading it (navigation.instant) and says so through document$. */
const gitopsStart = start => self.document$ ? document$.subscribe(start) : addEventListener("DOMContentLoaded", start)
