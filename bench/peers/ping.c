// The floor that the event loop is measured against: epoll, one recv and one send for each readiness, nothing else.
// For every REQUEST bytes that come it answers a bulk string of 100 bytes, as the other ping servers of the bench do.
//   cc -O2 -o ping bench/peers/ping.c && ./ping PORT
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST 35
#define ANSWER 108
#define CONNECTIONS 4096
#define INPUT 65536

static char input[INPUT], output[(INPUT / REQUEST + 1) * ANSWER];
static int owed[CONNECTIONS]; // bytes of a request that came so far, by descriptor

int main(int argc, char **argv) {
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), loop = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 7799)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 512)) return perror("ping"), 1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, batch[256];
  epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
  for (size_t at = 0; at + ANSWER <= sizeof output; at += ANSWER) {
    memcpy(output + at, "$100\r\n", 6);
    memset(output + at + 6, 'v', 100);
    memcpy(output + at + 106, "\r\n", 2);
  }
  for (;;) {
    int count = epoll_wait(loop, batch, 256, -1);
    for (int i = 0; i < count; i++) {
      int fd = batch[i].data.fd;
      if (fd == listener) {
        fd = accept(listener, 0, 0);
        if (fd < 0 || fd >= CONNECTIONS) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        owed[fd] = 0;
        event.data.fd = fd;
        epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
        continue;
      }
      ssize_t got = recv(fd, input, sizeof input, MSG_DONTWAIT);
      if (got <= 0) {
        close(fd);
        continue;
      }
      size_t requests = (owed[fd] + got) / REQUEST;
      owed[fd] = (owed[fd] + got) % REQUEST;
      if (requests > 0) send(fd, output, requests * ANSWER, MSG_NOSIGNAL);
    }
  }
}
