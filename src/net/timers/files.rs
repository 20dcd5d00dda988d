use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::profile::{Setting, Timers};
use super::sysctl::ALL;
use super::values::TimerValues;
use crate::{Error, Feature};

/// Where the kernel keeps them. The files below `net` are those of the network namespace of the
/// *thread* that opens them (net/sysctl_net.c), unlike `/proc/net`, which is the main thread's.
pub(super) const ROOT: &str = "/proc/sys";

/// Sets all, or none: what has been written is taken back when one is refused.
pub(super) fn set(root: &Path, host: &str, timers: &Timers) -> Result<TimerValues, Error> {
    check_there(root, || format!("set the timers of `{host}`"))?;
    for setting in timers.settings() {
        setting.text(host)?;
    }
    let mut before = Vec::new();
    let mut values = TimerValues::default();
    for setting in timers.settings() {
        match replace(root, host, setting, &mut before) {
            Ok(value) => values.add(setting.sysctl, value),
            Err(error) => {
                for (path, text) in before.iter().rev() {
                    // The first error is the one to report; here it would be the same again.
                    let _ = write(path, text);
                }
                return Err(error);
            }
        }
    }
    Ok(values)
}

/// Reads all that this kernel has.
pub(super) fn read_all(root: &Path, host: &str) -> Result<TimerValues, Error> {
    check_there(root, || format!("read the timers of `{host}`"))?;
    let mut values = TimerValues::default();
    for sysctl in ALL {
        let operation = || format!("read `{}` of `{host}`", sysctl.name);
        let value = read(&sysctl.path(root)).map_err(|error| Error::os(operation(), error))?;
        values.add(sysctl, value);
    }
    Ok(values)
}

/// Without `/proc`, all files are missing, and that says nothing about the kernel.
fn check_there(root: &Path, operation: impl Fn() -> String) -> Result<(), Error> {
    let folder = root.join("net/ipv4");
    if folder.is_dir() {
        return Ok(());
    }
    let cause = format!("there is no {}", folder.display());
    Err(Error::unsupported(operation(), cause)
        .for_lack_of(Feature::NetSysctls)
        .with_help("mount it: `mount -t proc proc /proc`"))
}

/// Writes one and reads it back; `None` if it is not there.
fn replace(
    root: &Path,
    host: &str,
    setting: &Setting,
    before: &mut Vec<(PathBuf, String)>,
) -> Result<Option<String>, Error> {
    let path = setting.sysctl.path(root);
    let operation = || format!("{} in {}", setting.operation(host), path.display());
    let refused = |error| refused(operation(), error);
    let text = setting.text(host)?;
    let Some(old) = read(&path).map_err(refused)? else { return Ok(None) };
    write(&path, text).map_err(refused)?;
    before.push((path.clone(), old));
    match read(&path).map_err(refused)? {
        Some(value) if value == text => Ok(Some(value)),
        Some(value) => Err(Error::new(operation(), format!("the kernel made it `{value}`"))),
        None => Err(Error::new(operation(), "the file has vanished")),
    }
}

fn refused(operation: String, error: io::Error) -> Error {
    let forbidden = matches!(error.raw_os_error(), Some(libc::EROFS | libc::EACCES | libc::EPERM));
    let error = Error::os(operation, error);
    if forbidden {
        return error.with_help(
            "/proc/sys cannot be written here, as in most containers: \
             start the container with `--privileged`",
        );
    }
    error
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim_end().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes in one call, as the kernel demands. It does not make a file.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
    file.write_all(format!("{text}\n").as_bytes())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A directory that stands for /proc/sys, with the given files.
    struct Root(PathBuf);

    impl Root {
        fn with(test: &str, files: &[(&str, &str)]) -> Self {
            let name = format!("netns-test-timers-{test}-{}", std::process::id());
            let root = Self(std::env::temp_dir().join(name));
            fs::create_dir_all(root.0.join("net/ipv4")).unwrap();
            for (name, text) in files {
                fs::write(root.0.join("net/ipv4").join(name), format!("{text}\n")).unwrap();
            }
            root
        }

        fn says(&self, name: &str) -> Option<String> {
            read(&self.0.join("net/ipv4").join(name)).unwrap()
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named_and_not_made() {
        let root = Root::with("missing", &[("tcp_retries1", "3")]);
        let timers = Timers::new().tcp_retries1(1).tcp_retries2(2).icmpv6_ratemask([]);
        let applied = set(&root.0, "server", &timers).unwrap();
        assert_eq!(applied.missing(), ["net.ipv4.tcp_retries2", "net.ipv6.icmp.ratemask"]);
        assert_eq!(applied.iter().collect::<Vec<_>>(), [("net.ipv4.tcp_retries1", "1")]);
        assert_eq!(root.says("tcp_retries2"), None);
        assert_eq!(
            applied.to_string(),
            "net.ipv4.tcp_retries1 = 1\nnet.ipv4.tcp_retries2: not in this kernel\n\
             net.ipv6.icmp.ratemask: not in this kernel\n"
        );
        assert_eq!(read_all(&root.0, "server").unwrap().missing().len(), ALL.len() - 1);
    }

    #[test]
    fn what_reads_back_as_something_else_is_an_error_and_all_is_taken_back() {
        let root = Root::with("differs", &[("tcp_retries1", "3")]);
        let path = root.0.join("net/ipv4/tcp_retries2");
        symlink("/dev/null", &path).unwrap();
        let timers = Timers::new().tcp_retries1(1).tcp_retries2(2);
        let error = set(&root.0, "server", &timers).unwrap_err();
        let path = path.display();
        assert_eq!(
            error.to_string(),
            format!(
                "cannot set `net.ipv4.tcp_retries2` of `server` to 2 in {path}: the kernel made it ``"
            )
        );
        assert_eq!(root.says("tcp_retries1").as_deref(), Some("3"));
    }
}
