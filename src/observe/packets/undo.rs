use std::collections::BTreeMap;

/// A map whose latest changes can be taken back.
#[derive(Debug)]
pub(super) struct Undo<K, V> {
    map: BTreeMap<K, V>,
    /// What was there before each change that can be taken back, while that is so.
    before: Option<Vec<(K, Option<V>)>>,
}

impl<K, V> Default for Undo<K, V> {
    fn default() -> Self {
        Self { map: BTreeMap::new(), before: None }
    }
}

impl<K: Ord + Copy, V: Copy> Undo<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.map.get(key).copied()
    }

    pub(super) fn set(&mut self, key: K, value: V) {
        let old = self.map.insert(key, value);
        if let Some(before) = &mut self.before {
            before.push((key, old));
        }
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let old = self.map.remove(key)?;
        if let Some(before) = &mut self.before {
            before.push((*key, Some(old)));
        }
        Some(old)
    }

    /// From now on changes can be taken back.
    pub(super) fn begin(&mut self) {
        self.before = Some(Vec::new());
    }

    /// Takes back what has changed since [`begin`](Self::begin). Later changes are for good.
    pub(super) fn take_back(&mut self) {
        for (key, old) in self.before.take().into_iter().flatten().rev() {
            match old {
                Some(old) => self.map.insert(key, old),
                None => self.map.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_changed_since_the_beginning_is_taken_back() {
        let mut map = Undo::default();
        map.set(1, "for good");
        map.begin();
        map.set(1, "for now");
        map.set(1, "and again");
        map.set(2, "for now");
        assert_eq!(map.remove(&1), Some("and again"));
        assert_eq!((map.get(&1), map.remove(&3)), (None, None));
        map.take_back();
        assert_eq!((map.get(&1), map.get(&2)), (Some("for good"), None));
        map.set(2, "for good");
        map.take_back();
        assert_eq!(map.get(&2), Some("for good"));
    }
}
