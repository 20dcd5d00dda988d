use super::fault::Fault;
use super::trial::Trial;
use crate::{Host, Result, Split};

/// Partitions as rows.
impl Fault {
    /// A partition of the trial's hosts. The closure returns its shape just before it comes into effect,
    /// so it can depend on who leads then. It is [optional](Self::optional): what it does depends on the
    /// question, and is stated by [`expects`](Self::expects).
    ///
    /// ```
    /// use netns_test::Split;
    /// use netns_test::matrix::{Expect, Fault};
    ///
    /// let alone = Fault::partition("the leader alone", |trial| {
    ///     let leader = trial.net().host(&trial.answer("who leads")?)?;
    ///     Ok(Split::isolate(&leader, trial.net().all_hosts()))
    /// });
    /// let alone = alone.expects("who leads", Expect::Moved).expects("takes writes", Expect::Regained);
    /// # let _ = alone;
    /// ```
    pub fn partition(
        name: impl Into<String>,
        split: impl Fn(&Trial) -> Result<Split> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, move |trial| Ok(trial.net().partition(split(trial)?)?)).optional()
    }

    /// The shapes of a [`Split`] as rows, around one host. `role` is what that host is called in their
    /// names: `leader`, for instance.
    ///
    /// | name | what it is, with five hosts |
    /// |---|---|
    /// | `leader alone` | it against the other four |
    /// | `leader in a minority` | it and another one against the other three |
    /// | `leader in a majority` | it and two others against the other two |
    /// | `leader as a bridge` | it sees the two halves of the others |
    /// | `ring` | each host sees its two neighbours |
    /// | `leader is not heard` | what it sends vanishes |
    /// | `leader hears nothing` | what is sent to it vanishes |
    ///
    /// Like [`partition`](Self::partition) they are optional. It is a plain `Vec`: take those that matter.
    /// A ring takes four hosts, a bridge three.
    ///
    /// ```
    /// use netns_test::matrix::{Expect, Fault};
    ///
    /// let rows = Fault::partitions_around("leader", |trial| {
    ///     Ok(trial.net().host(&trial.answer("who leads")?)?)
    /// });
    /// let rows = rows.into_iter().map(|row| match row.name() {
    ///     "leader alone" | "leader in a minority" => row.expects("who leads", Expect::Moved),
    ///     "leader in a majority" => row.expects("who leads", Expect::Kept),
    ///     _ => row,
    /// });
    /// assert_eq!(rows.count(), 7);
    /// ```
    pub fn partitions_around(
        role: &str,
        host: impl Fn(&Trial) -> Result<Host> + Clone + Send + Sync + 'static,
    ) -> Vec<Self> {
        // The host, and the others in their order.
        type Shape = fn(&Host, &[Host]) -> Split;
        let shapes: [(String, Shape); 7] = [
            (format!("{role} alone"), |host, others| Split::isolate(host, others)),
            (format!("{role} in a minority"), |host, others| Split::halves(first(host, others))),
            (format!("{role} in a majority"), |host, others| Split::majority(first(host, others))),
            (format!("{role} as a bridge"), |host, others| Split::bridge(host, others)),
            ("ring".to_owned(), |host, others| Split::ring(first(host, others))),
            (format!("{role} is not heard"), |host, others| Split::one_way([host], others)),
            (format!("{role} hears nothing"), |host, others| Split::one_way(others, [host])),
        ];
        let row = |(name, shape): (String, Shape)| {
            let host = host.clone();
            Self::partition(name, move |trial| {
                let host = host(trial)?;
                let mut others = trial.net().all_hosts();
                others.retain(|other| *other != host);
                Ok(shape(&host, &others))
            })
        };
        shapes.into_iter().map(row).collect()
    }
}

fn first<'a>(host: &'a Host, others: &'a [Host]) -> impl Iterator<Item = &'a Host> {
    std::iter::once(host).chain(others)
}
