use crate::{Error, Host, Net};

/// One trial's network, for the detector that runs in it and the fault that hits it.
#[derive(Debug)]
pub struct Trial {
    net: Net,
    host: Host,
    peer: Host,
}

impl Trial {
    /// The host that is to notice: the first of the two. By convention the detector runs in it, and
    /// the faults of the catalogue are called on it.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The host that is cut off: the second of the two.
    pub fn peer(&self) -> &Host {
        &self.peer
    }

    /// The whole network, where there are more hosts than the two.
    pub fn net(&self) -> &Net {
        &self.net
    }
}

/// What each trial's network consists of.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) hosts: Vec<String>,
    /// The two between which the faults are; `None` for the first two.
    pub(super) between: Option<[String; 2]>,
}

impl Setting {
    pub(super) fn make(&self) -> Result<Trial, Error> {
        let net = Net::new();
        let hosts = net.add_hosts_from(&self.hosts)?;
        let [host, peer] = match (&self.between, hosts.as_slice()) {
            (Some([host, peer]), _) => [net.host(host)?, net.host(peer)?],
            (None, [host, peer, ..]) => [host.clone(), peer.clone()],
            (None, _) => {
                return Err(Error::new("make a trial's network", "it needs two hosts or more"));
            }
        };
        Ok(Trial { net, host, peer })
    }
}

impl Default for Setting {
    fn default() -> Self {
        Self { hosts: vec!["server".to_owned(), "client".to_owned()], between: None }
    }
}
