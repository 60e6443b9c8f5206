//! Programme, calendar and the page of a session.
