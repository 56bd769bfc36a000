"""What is not for a command at all, with the tool or the way that is."""

from actors.projects.rules.pattern import REST
from actors.projects.rules.rules import Action
from actors.projects.rules.writing import rule, words

FORBIDDEN = (
    rule(
        "shell",
        Action.FORBID,
        (words("ash bash busybox cmd csh dash fish ksh powershell pwsh sh zsh"), REST),
        "commands are run without a shell",
        "Run the program itself, one command in each call; for more write a script in JavaScript and run node FILE.",
        matches=("sh -c ls", "bash", "busybox sh"),
        others=("node script.js",),
    ),
    rule(
        "wrapper",
        Action.FORBID,
        (
            words(
                "chroot command doas env eval exec nice nohup nsenter script setsid stdbuf "
                "strace su sudo systemd-run time timeout unshare watch xargs"
            ),
            REST,
        ),
        "it starts another program, which is then not judged",
        "Run the program itself; time limits and the environment are seen to.",
        matches=("env A=1 node x.js", "sudo rm x", "xargs rm"),
        others=("node env.js",),
    ),
    rule(
        "reading",
        Action.FORBID,
        (words("bat cat head less more nl tac tail wc"), REST),
        "there is a tool for it",
        "Use read_file, with offset and limit for a part of a file.",
        matches=("cat src/App.tsx", "head -n 5 x"),
        others=("rm cat",),
    ),
    rule(
        "listing",
        Action.FORBID,
        (words("dir fd find ls pwd stat tree"), REST),
        "there is a tool for it",
        "Use list_directory, with depth for what is below.",
        matches=("ls -la", "find . -name x", "ls"),
        others=("pnpm ls",),
    ),
    rule(
        "searching",
        Action.FORBID,
        (words("ack ag egrep fgrep grep rg"), REST),
        "there is a tool for it",
        "Use list_directory and read_file.",
        matches=("grep -r x src",),
        others=("rm grep",),
    ),
    rule(
        "writing",
        Action.FORBID,
        (
            words("awk chmod chown dd echo ed install ln patch perl printf sed tee touch"),
            REST,
        ),
        "there is a tool for it",
        "Use write_file for a whole file, edit_file for a part of one; links and owners are not for a project.",
        matches=("sed -i s/a/b/ x", "touch x", "ln -s / x"),
        others=("mv touch x",),
    ),
    rule(
        "making-directories",
        Action.FORBID,
        (("mkdir", "rmdir"), REST),
        "there is a tool for it",
        "Use create_directory; write_file makes the directories that a file needs; rm -r takes one away.",
        matches=("mkdir -p src/x",),
        others=("rm -r src/x",),
    ),
    rule(
        "git",
        Action.FORBID,
        (words("gh git hg svn"), REST),
        "the server keeps the versions, and git would run programs that the project's own configuration names",
        "Leave it out: each change leaves a version by itself.",
        matches=("git status", "git clone x", "git -c core.pager=x log"),
        others=("node git.js",),
    ),
    rule(
        "network",
        Action.FORBID,
        (
            words("curl ftp nc ncat netcat ping rsync scp sftp socat ssh telnet wget"),
            REST,
        ),
        "a command has no network",
        "Use install_dependencies for packages; check_server_status tells whether the dev server answers.",
        matches=("curl x", "wget -O- x", "nc -l 80"),
        others=("node fetch.js",),
    ),
    rule(
        "interpreter",
        Action.FORBID,
        (words("bun deno lua php python python3 ruby ts-node tsx"), REST),
        "projects run on Node",
        "Write the program in JavaScript, and run node FILE.",
        matches=("python3 x.py", "deno run x.ts"),
        others=("node x.js",),
    ),
    rule(
        "processes",
        Action.FORBID,
        (words("fuser htop kill killall lsof pkill ps top"), REST),
        "a command sees no other processes",
        "Use check_server_status and start_dev_server for the dev server; other commands end by themselves.",
        matches=("kill -9 1", "lsof -i"),
        others=("rm kill",),
    ),
    rule(
        "system",
        Action.FORBID,
        (
            words("apk apt apt-get brew corepack dnf docker nvm pip pip3 podman snap systemctl"),
            REST,
        ),
        "the system is the same for all projects",
        "Use what is installed; packages of the project come with install_dependencies.",
        matches=("apt-get install x", "docker run x"),
        others=("pnpm ls",),
    ),
)
"""Rules that forbid, each with the way out."""
