//! Containers' seccomp profiles, in small: a filter that refuses some system calls.
#![expect(unsafe_code, reason = "a filter is installed between fork and exec, by prctl(2)")]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Refuses mount(2) with `EPERM`, as docker-default's AppArmor profile does in effect.
pub(crate) fn forbid_mounts(command: &mut Command) {
    let mut filter = vec![load(NUMBER)];
    filter.extend(refuse(libc::SYS_mount, libc::EPERM));
    filter.push(ALLOW);
    install(command, filter);
}

/// Refuses what makes and enters namespaces as Docker's default profile does: `EPERM`, and for
/// clone3 `ENOSYS`, because a filter cannot see its flags.
pub(crate) fn forbid_namespaces(command: &mut Command) {
    let mut filter = vec![load(NUMBER)];
    filter.extend(refuse(libc::SYS_clone3, libc::ENOSYS));
    filter.extend(refuse(libc::SYS_setns, libc::EPERM));
    for call in [libc::SYS_clone, libc::SYS_unshare] {
        let flags =
            [load(FIRST_ARGUMENT), jump(libc::BPF_JSET, NAMESPACES, 0, 1), answer(libc::EPERM)];
        filter.push(jump(libc::BPF_JEQ, call as u32, 0, flags.len() as u8 + 1));
        filter.extend(flags);
        filter.push(load(NUMBER));
    }
    filter.push(ALLOW);
    install(command, filter);
}

/// Refuses sockets of one family of netlink(7) with `EPROTONOSUPPORT`, as a kernel does that was
/// built without it.
pub(crate) fn forbid_netlink(command: &mut Command, family: i32) {
    let mut filter = vec![load(NUMBER), jump(libc::BPF_JEQ, libc::SYS_socket as u32, 0, 5)];
    filter.push(load(FIRST_ARGUMENT));
    filter.push(jump(libc::BPF_JEQ, libc::AF_NETLINK as u32, 0, 3));
    filter.push(load(THIRD_ARGUMENT));
    filter.extend(refuse(family.into(), libc::EPROTONOSUPPORT));
    filter.push(ALLOW);
    install(command, filter);
}

/// Refuses sockets of one family of addresses.
pub(crate) fn forbid_sockets(command: &mut Command, family: i32, errno: i32) {
    let mut filter = vec![load(NUMBER), jump(libc::BPF_JEQ, libc::SYS_socket as u32, 0, 3)];
    filter.push(load(FIRST_ARGUMENT));
    filter.extend(refuse(family.into(), errno));
    filter.push(ALLOW);
    install(command, filter);
}

const NAMESPACES: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWCGROUP) as u32;

/// Offsets in `struct seccomp_data`; of an argument, the lower half on little-endian machines.
const NUMBER: u32 = 0;
const FIRST_ARGUMENT: u32 = 16;
const THIRD_ARGUMENT: u32 = 32;

const ALLOW: libc::sock_filter = give(libc::SECCOMP_RET_ALLOW);

const fn give(action: u32) -> libc::sock_filter {
    libc::sock_filter { code: (libc::BPF_RET | libc::BPF_K) as u16, jt: 0, jf: 0, k: action }
}

fn answer(errno: i32) -> libc::sock_filter {
    give(libc::SECCOMP_RET_ERRNO | errno as u32)
}

fn load(offset: u32) -> libc::sock_filter {
    let code = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    libc::sock_filter { code, jt: 0, jf: 0, k: offset }
}

fn jump(condition: u32, value: u32, jt: u8, jf: u8) -> libc::sock_filter {
    let code = (libc::BPF_JMP | condition | libc::BPF_K) as u16;
    libc::sock_filter { code, jt, jf, k: value }
}

fn refuse(call: libc::c_long, errno: i32) -> [libc::sock_filter; 2] {
    [jump(libc::BPF_JEQ, call as u32, 0, 1), answer(errno)]
}

fn install(command: &mut Command, mut filter: Vec<libc::sock_filter>) {
    // SAFETY: between fork and exec the closure makes two system calls and allocates nothing.
    unsafe { command.pre_exec(move || apply(&mut filter)) };
}

/// Gives this thread a filter.
fn apply(filter: &mut [libc::sock_filter]) -> io::Result<()> {
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: prctl with integers. Without it an ordinary user may not install a filter.
    let promised = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    // SAFETY: `program` points to the filter, which outlives the call; the kernel copies it.
    let installed =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    if promised == 0 && installed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Refuses one system call to this thread, and to all processes that it starts, with `errno`.
pub(crate) fn refuse_from_here(call: libc::c_long, errno: i32) {
    let mut filter = vec![load(NUMBER)];
    filter.extend(refuse(call, errno));
    filter.push(ALLOW);
    apply(&mut filter).expect("a thread may have a filter");
}
