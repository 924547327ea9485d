"""Pages: what each page of a report shows, arranged for its template."""
