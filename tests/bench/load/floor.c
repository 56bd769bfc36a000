// floor FOLDER PORT
//
// The least that a server can do for its subscribers: each is sent each event by one send. Whoever connects and says GET
// is one; "P COUNT GAP_US EACH" sends so many events, some at a time with a pause between, and answers when they are
// sent; "L COMMAND" sends each line that the command prints, and its end; "F" lets all subscribers go. FOLDER is not used.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 20000 };

static const char *answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
static int all[MOST], connections;
static long seq;

// As many bytes as the servers' event has.
static int event(unsigned char *frame, size_t size, long number, long count) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf((char *)frame + 4, size - 4,
        "{\"seq\":%ld,\"id\":\"job-bench-0\",\"time\":\"2026-01-01T00:00:00.000Z\",\"type\":\"progress\",\"data\":"
        "{\"stage\":\"feature_matching\",\"percent\":12.5,\"done\":%ld,\"total\":%ld,\"remaining_s\":41.5,"
        "\"attempt\":1,\"t\":%lld}}", ++seq, number, count, now.tv_sec * 1000000000LL + now.tv_nsec);
    frame[0] = 0x81;
    frame[1] = 126;
    frame[2] = length >> 8;
    frame[3] = length & 255;
    return length + 4;
}

static void publish(long count, long gap, long each) {
    unsigned char frame[512];
    for (long i = 0; i < count; i++) {
        int size = event(frame, sizeof frame, i, count);
        for (int j = 0; j < connections; j++)
            if (send(all[j], frame, size, MSG_NOSIGNAL) < 0) exit(1);
        if (gap && i % each == each - 1) usleep(gap);
    }
}

static void tell(const char *type, const char *name, const char *text, int length) {
    unsigned char frame[1024];
    int size = snprintf((char *)frame + 4, sizeof frame - 4,
        "{\"seq\":%ld,\"id\":\"job-bench-0\",\"time\":\"2026-01-01T00:00:00.000Z\",\"type\":\"%s\",\"data\":"
        "{\"level\":\"info\",\"%s\":\"%.*s\"}}", ++seq, type, name, length, text);
    frame[0] = 0x81;
    frame[1] = 126;
    frame[2] = size >> 8;
    frame[3] = size & 255;
    for (int i = 0; i < connections; i++)
        if (send(all[i], frame, size + 4, MSG_NOSIGNAL) < 0) exit(1);
}

static void print(const char *command) {
    char line[512];
    FILE *printed = popen(command, "r");
    if (!printed) exit(1);
    while (fgets(line, sizeof line, printed)) tell("log", "message", line, strcspn(line, "\n"));
    if (pclose(printed)) exit(1);
    tell("end", "state", "succeeded", 9);
}

static void take(int one) {
    char said[4096];
    long count, gap, each;
    int yes = 1;
    ssize_t got = read(one, said, sizeof said - 1);
    said[got > 0 ? got : 0] = 0;
    if (got > 0 && said[0] == 'G' && connections < MOST) {
        setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (write(one, answer, strlen(answer)) > 0) all[connections++] = one;
        return;
    }
    if (sscanf(said, "P %ld %ld %ld", &count, &gap, &each) == 3) publish(count, gap, each);
    if (said[0] == 'L') print(said + 2);
    if (said[0] == 'F') {
        while (connections) close(all[--connections]);
        seq = 0;
    }
    if (got > 0 && write(one, "{}\n", 3) < 0) exit(1);
    close(one);
}

int main(int count, char **given) {
    if (count < 3) return 2;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(given[2]))};
    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (void *)&at, sizeof at) || listen(listener, 4096)) return 1;
    for (int one; (one = accept(listener, 0, 0)) >= 0;) take(one);
    return 1;
}
