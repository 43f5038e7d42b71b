"""Reports of a run, for people and for other programs: pictures of histories, one HTML file, JUnit, and what changed."""
