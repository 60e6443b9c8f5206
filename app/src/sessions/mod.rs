//! Programme, calendar and the page of a session.

on_the_server! {
    actions,
    month,
    pages,
    programme,
    rows,
    words,
}
