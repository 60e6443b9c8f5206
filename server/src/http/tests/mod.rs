mod guards;
mod whole;
