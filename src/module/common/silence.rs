//! Panels that do not answer in time, in a run over many services: each question would hold the host's cron as long again.

use crate::host::Failure;

/// A panel may be slow with one service by itself; two speak for the panel.
const ENOUGH: usize = 2;

/// The silences of one run, once for each question without an answer in time.
#[derive(Default)]
pub(crate) struct Silence(Vec<String>);

impl Silence {
    /// Notes what came of a question to the panel at that address.
    pub(crate) fn note<T>(&mut self, address: &str, asked: &Result<T, Failure>) {
        if asked.as_ref().is_err_and(is_silent) {
            self.0.push(address.to_owned());
        }
    }

    /// Is the panel not to be asked any more in this run?
    pub(crate) fn is_enough(&self, address: &str) -> bool {
        self.0.iter().filter(|silent| *silent == address).count() >= ENOUGH
    }
}

/// No answer of the panel's own within the time; a proxy before it says so by its status.
fn is_silent(failure: &Failure) -> bool {
    matches!(
        failure.code.as_str(),
        "http.refused"
            | "http.unreachable"
            | "http.dns"
            | "http.dns_timeout"
            | "http.connect_timeout"
            | "http.read_timeout"
            | "http.deadline"
            | "http.reset"
            | "http.skipped"
            | "panel.unavailable"
            | "panel.gateway"
    )
}

/// Begins elsewhere every second day, and goes the other way on the days between: services whose panel always takes too long
/// keep those after them from being read. The starts are spread by the golden ratio, so that a few days reach far.
pub(crate) fn turn<T>(services: &mut [T], day: i32) {
    let day = usize::try_from(day).unwrap_or(0);
    let start = (day / 2).wrapping_mul(61_803) % 100_000 * services.len() / 100_000;
    services.rotate_left(start);
    if day % 2 != 0 {
        services.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::turn;

    #[test]
    fn every_service_is_the_first_one_some_day() {
        for count in 1..40_usize {
            let mut is_first = vec![false; count];
            for day in 739_000..739_000 + 200 {
                let mut order: Vec<usize> = (0..count).collect();
                turn(&mut order, day);
                if let Some(seen) = order.first().and_then(|first| is_first.get_mut(*first)) {
                    *seen = true;
                }
            }
            assert!(is_first.iter().all(|seen| *seen), "{count}");
        }
        turn::<u8>(&mut [], 739_000);
    }
}
