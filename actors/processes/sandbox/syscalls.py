"""System calls that a confined program has no use for, by name and number.

Each is a way to more of the kernel than an app needs: what has had its own exploits, what reaches other processes, what
hides memory from the watchdog, or what makes namespaces.
"""

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""The machines whose numbers are known, and what the kernel calls them in a filter (`AUDIT_ARCH_*`)."""

X32 = 0x40000000
"""From here on, a second set of numbers on x86_64."""

REFUSED: dict[str, tuple[int, int]] = {
    # Tracing and reading others.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "perf_event_open": (298, 241),
    # Keys of the user, which no namespace parts.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # Much of the kernel behind one call.
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "vmsplice": (278, 75),
    "fanotify_init": (300, 262),
    # Mounts and namespaces.
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    # The machine.
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "syslog": (103, 116),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
}
"""Refused with EPERM: numbers on x86_64 and on aarch64."""

UNKNOWN: dict[str, tuple[int, int]] = {
    # Operations that no filter sees.
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # Memory that belongs to no process, where the watchdog does not look.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    # Its flags are behind a pointer; libraries go back to clone.
    "clone3": (435, 435),
}
"""As if the kernel were older (ENOSYS), so that programs use another way."""

IOPORTS = (172, 173)
"""`iopl` and `ioperm`, on x86_64 alone."""

CALLS: dict[str, tuple[int, int]] = {
    "ioctl": (16, 29),
    "clone": (56, 220),
    "socket": (41, 198),
    "truncate": (76, 45),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
}
"""Calls that are refused for some of their arguments."""
