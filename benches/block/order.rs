//! A random order that is the same in every run.

/// The numbers below `count`, shuffled (Fisher and Yates, by the generator of Park and Miller).
pub(crate) fn shuffled(count: usize) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..count).collect();
    let mut seed: u64 = 42;
    for at in (1..count).rev() {
        seed = seed * 48_271 % 0x7fff_ffff;
        numbers.swap(at, seed as usize % (at + 1));
    }
    numbers
}
