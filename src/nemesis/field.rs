use crate::fault::Dice;
use crate::fault::{Known, foresee_path};
use crate::{Error, Host, Net, Process};

/// The hosts and processes that a nemesis may act on, and their net.
pub(super) struct Field {
    /// `None` if nobody holds it any more: then its hosts alone are known.
    net: Option<Net>,
    pub(super) known: Known,
    pub(super) hosts: Vec<Host>,
    pub(super) processes: Vec<Process>,
}

impl Field {
    /// # Errors
    ///
    /// If it names no host, a host or process twice, hosts of two nets, or a process of another host.
    pub(super) fn of(
        hosts: &[Host],
        processes: &[Process],
        operation: &str,
    ) -> Result<Self, Error> {
        let refuse = |cause: String| Err(Error::new(operation, cause));
        let Some(first) = hosts.first() else {
            return refuse("it names no host".to_owned());
        };
        if let Some(at) = (0..hosts.len()).find(|at| hosts[..*at].contains(&hosts[*at])) {
            return refuse(format!("`{}` is named twice", hosts[at].name()));
        }
        if let Some(stranger) = hosts.iter().find(|host| host.net() != first.net()) {
            return refuse(format!("`{}` is a host of another net", stranger.name()));
        }
        if let Some(stranger) = processes.iter().find(|process| !hosts.contains(process.host())) {
            return refuse(format!("{stranger} runs on none of these hosts"));
        }
        if let Some(at) = (0..processes.len()).find(|at| processes[..*at].contains(&processes[*at]))
        {
            return refuse(format!("{} is named twice", processes[at]));
        }
        let net = Net::numbered(first.net());
        let known = Known::among(net.as_ref().map_or(hosts.to_vec(), Net::all_hosts))?;
        Ok(Self { net, known, hosts: hosts.to_vec(), processes: processes.to_vec() })
    }

    /// The net itself.
    ///
    /// # Errors
    ///
    /// If nobody holds it any more.
    pub(super) fn net(&self, operation: &str) -> Result<Net, Error> {
        self.net.clone().ok_or_else(|| {
            let refused = Error::new(operation, "the net of these hosts has been dropped");
            refused.with_help("keep the `Net` alive as long as its hosts")
        })
    }

    /// One of its hosts.
    pub(super) fn one(&self, dice: &mut Dice) -> Host {
        self.hosts[dice.place(self.hosts.len())].clone()
    }

    /// Two of its hosts: [`all_pairs`](Self::all_pairs) has seen that there are.
    pub(super) fn two(&self, dice: &mut Dice) -> [Host; 2] {
        let first = dice.place(self.hosts.len());
        let second = dice.place(self.hosts.len() - 1);
        let second = if second >= first { second + 1 } else { second };
        [first, second].map(|at| self.hosts[at].clone())
    }

    /// Checks all pairs of its hosts.
    ///
    /// # Errors
    ///
    /// If there is none, or as `check`.
    pub(super) fn all_pairs(
        &self,
        name: &str,
        check: impl Fn(&Host, &Host) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.hosts.len() < 2 {
            return Err(Error::new(name, "it needs two hosts or more"));
        }
        for (at, host) in self.hosts.iter().enumerate() {
            self.hosts[at + 1..].iter().try_for_each(|peer| check(host, peer))?;
        }
        Ok(())
    }

    /// Checks that packets get from one host to another one.
    ///
    /// # Errors
    ///
    /// If no link joins them, and no route leads from one to the other.
    pub(super) fn check_path(&self, hosts: [&Host; 2], operation: &str) -> Result<(), Error> {
        foresee_path(&self.known, hosts, operation)
    }

    /// The hosts of the net that are not its own: they see all sides of a partition.
    pub(super) fn others(&self) -> impl Iterator<Item = &Host> {
        self.known.hosts.iter().filter(|host| !self.hosts.contains(host))
    }
}
