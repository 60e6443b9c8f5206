//! Each space has its own quiet pattern, drawn from its name.

use std::fmt::Write;

use leptos::prelude::*;

/// FNV-1a: small, stable for ever, and nobody's secret hangs on it.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Numbers from a name, one after another.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}

/// Strokes of the pattern in a box of 56 by 56.
fn strokes(name: &str) -> String {
    let mut dice = Dice(hash(name) | 1);
    let mut svg = String::new();
    let family = dice.roll(7);
    let (a, b) = (dice.roll(5), dice.roll(5));
    match family {
        0 => {
            for ring in 0..3 + a % 3 {
                let _ = write!(
                    svg,
                    r#"<circle cx="28" cy="28" r="{}" stroke-dasharray="{} {}" transform="rotate({} 28 28)"/>"#,
                    6 + ring * 5,
                    5 + b + ring,
                    3 + ring % 3,
                    dice.roll(90)
                );
            }
        }
        1 => {
            for line in 0..5 {
                let y = 6 + line * 11;
                let _ = write!(
                    svg,
                    r#"<path d="M-4 {y}q7.5 -{0} 15 0t15 0t15 0t15 0t15 0"/>"#,
                    5 + a * 2
                );
            }
        }
        2 => {
            let turn = 360 / (6 + a);
            for leaf in 0..6 + a {
                let _ = write!(
                    svg,
                    r#"<path d="M28 28q{0} -10 0 -22q-{0} 12 0 22" transform="rotate({1} 28 28)"/>"#,
                    6 + b,
                    leaf * turn
                );
            }
        }
        3 => {
            let step = 8 + a;
            for x in 0..=56 / step {
                for y in 0..=56 / step {
                    if dice.roll(4) > 0 {
                        let _ = write!(
                            svg,
                            r#"<circle cx="{}" cy="{}" r="{}" fill="currentColor" stroke="none"/>"#,
                            4 + x * step,
                            4 + y * step,
                            1 + dice.roll(3)
                        );
                    }
                }
            }
        }
        4 => {
            for line in 0..7 {
                let at = line * 10 + a;
                let _ = write!(svg, r#"<path d="M{at} -4L{} 60"/>"#, at.saturating_sub(20));
                if line % 2 == b % 2 {
                    let _ = write!(svg, r#"<path d="M{} -4L{} 60"/>"#, at.saturating_sub(12), at + 12);
                }
            }
        }
        5 => {
            for hill in 0..4u64 {
                let y = 20 + hill * 11;
                let x = dice.roll(24);
                let _ = write!(svg, r#"<path d="M-6 {y}C{x} {} {} {} 62 {y}"/>"#, y.saturating_sub(18), x + 20, y + 10);
            }
        }
        _ => {
            let step = 14;
            for row in 0..4 {
                for column in 0..4 {
                    let quarter = dice.roll(4) * 90;
                    let (x, y) = (column * step, row * step);
                    let _ = write!(
                        svg,
                        r#"<path d="M{x} {} a14 14 0 0 1 14 -14" transform="rotate({quarter} {} {})"/>"#,
                        y + step,
                        x + 7,
                        y + 7
                    );
                }
            }
        }
    }
    svg
}

/// The pattern of a space, as decoration: it says nothing that the name beside it does not say.
#[component]
pub fn Pattern(#[prop(into)] name: String) -> impl IntoView {
    let clay = hash(&name) & 0x100 != 0;
    let svg = format!(
        r#"<svg viewBox="0 0 56 56" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round">{}</svg>"#,
        strokes(&name)
    );
    view! { <span class="sigil" class:clay=clay aria-hidden="true" inner_html=svg></span> }
}

/// Initials of a person or organisation on their own pattern.
#[component]
pub fn Avatar(#[prop(into)] name: String, #[prop(optional)] large: bool) -> impl IntoView {
    let initials: String = name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
    let hue = hash(&name) % 4;
    view! { <span class=format!("avatar hue-{hue}") class:large=large aria-hidden="true">{initials}</span> }
}

#[cfg(test)]
mod tests {
    use super::strokes;

    #[test]
    fn a_name_always_draws_the_same_and_another_name_something_else() {
        assert_eq!(strokes("Tech circle"), strokes("Tech circle"));
        assert_ne!(strokes("Tech circle"), strokes("Community circle"));
    }
}
