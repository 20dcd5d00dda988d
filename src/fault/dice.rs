//! What is drawn: each number is a function of the seed, the row and its place in that row.

use super::seed::derived;

/// A row of numbers of a seed.
pub(crate) struct Dice {
    row: u64,
    drawn: u64,
}

impl Dice {
    pub(crate) fn new(seed: u64, row: u64) -> Self {
        Self { row: derived(seed, row), drawn: 0 }
    }

    /// A number below a bound that is not zero. How much likelier the lower ones are nobody could
    /// measure: of 2^64 numbers it takes the rest of a division.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        derived(self.row, self.drawn) % bound
    }

    /// A place in a list that is not empty.
    pub(crate) fn place(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// The same in another order.
    pub(crate) fn shuffled<T: Clone>(&mut self, list: &[T]) -> Vec<T> {
        let mut list = list.to_vec();
        (1..list.len()).rev().for_each(|at| list.swap(at, self.place(at + 1)));
        list
    }
}
