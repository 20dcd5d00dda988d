//! What cannot be set.

use super::*;

#[track_caller]
fn refused(result: std::result::Result<TimerValues, Error>, text: &str) -> Error {
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), text);
    error
}

#[netns_test]
fn a_value_that_the_kernel_does_not_take_is_refused_and_nothing_is_set(host: Host) -> Result {
    let before = host.timers()?;
    let first = || Timers::new().tcp_retries1(1);
    for (timers, text) in [
        (
            first().tcp_syn_retries(0),
            "cannot set `net.ipv4.tcp_syn_retries` of `host` to 0: the kernel takes 1 to 127",
        ),
        (
            first().tcp_retries2(256),
            "cannot set `net.ipv4.tcp_retries2` of `host` to 256: the kernel takes 0 to 255",
        ),
        (
            first().icmp_ratemask(u32::MAX),
            "cannot set `net.ipv4.icmp_ratemask` of `host` to 4294967295: the kernel takes 0 to 524287",
        ),
        (
            first().tcp_keepalive_time(Duration::ZERO),
            "cannot set `net.ipv4.tcp_keepalive_time` of `host` to 0ns: \
             the kernel takes 1 to 32767 seconds",
        ),
        (
            first().tcp_keepalive_intvl(millis(1500)),
            "cannot set `net.ipv4.tcp_keepalive_intvl` of `host` to 1.5s: \
             the kernel counts it in whole seconds",
        ),
        (
            first().tcp_rto_max(millis(999)),
            "cannot set `net.ipv4.tcp_rto_max_ms` of `host` to 999ms: \
             the kernel takes 1000 to 120000 milliseconds",
        ),
        (
            first().tcp_rto_min(Duration::from_nanos(1)),
            "cannot set `net.ipv4.tcp_rto_min_us` of `host` to 1ns: \
             the kernel counts it in whole microseconds",
        ),
        (
            first().icmp_ratelimit(Duration::MAX),
            "cannot set `net.ipv4.icmp_ratelimit` of `host` to 18446744073709551615.999999999s: \
             the kernel counts it in whole milliseconds",
        ),
        (
            first().tcp_fin_timeout(Duration::from_secs(u64::MAX)),
            "cannot set `net.ipv4.tcp_fin_timeout` of `host` to 18446744073709551615s: \
             the kernel takes 0 to 2147483647 seconds",
        ),
    ] {
        refused(host.set_timers(&timers), text);
    }
    assert_eq!(host.timers()?, before);
    Ok(())
}

#[netns_test]
fn what_only_the_kernel_knows_to_be_wrong_names_the_file_and_nothing_is_set(host: Host) -> Result {
    let before = host.timers()?;
    // In the kernel's own clock it is more than an `int` holds, 100 Hz or more.
    let timers = Timers::new().tcp_retries1(1).tcp_fin_timeout(Duration::from_secs(1 << 30));
    let error = refused(
        host.set_timers(&timers),
        "cannot set `net.ipv4.tcp_fin_timeout` of `host` to 1073741824s \
         in /proc/sys/net/ipv4/tcp_fin_timeout: invalid argument (os error 22)",
    );
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(host.timers()?, before);
    Ok(())
}

#[netns_test]
fn where_proc_sys_is_read_only_setting_fails_and_hosts_are_as_the_kernel_made_them(
    net: Net,
    early: Host,
) -> Result {
    let before = early.timers()?;
    make_read_only("/proc/sys")?;
    let error = refused(
        early.set_timers(&Timers::fast().tcp_retries1(1)),
        "cannot set `net.ipv4.icmp_ratemask` of `early` to 0 \
         in /proc/sys/net/ipv4/icmp_ratemask: read-only file system (os error 30)\n\
         help: /proc/sys cannot be written here, as in most containers: \
         start the container with `--privileged`",
    );
    assert_eq!(error.raw_os_error(), Some(libc::EROFS));
    assert_eq!(early.timers()?, before);
    // The rest works, and it can be seen.
    let [late, other] = net.hosts(["late", "other"])?;
    assert_eq!(late.timers()?.get("icmp_ratemask"), Some("6168"));
    other.connect(late.listen(7000)?.addr())?;
    Ok(())
}

/// As containers do. The mount is this test's own.
fn make_read_only(path: &str) -> Result {
    let nothing = None::<&str>;
    mount(Some(path), path, nothing, MsFlags::MS_BIND | MsFlags::MS_REC, nothing)?;
    // What the mount underneath forbids must stay forbidden in a user namespace.
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let again = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY;
    mount(nothing, path, nothing, again | flags, nothing)?;
    Ok(())
}
