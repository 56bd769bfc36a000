// lines COUNT
//
// Prints so many lines, each with its number, as fast as somebody reads them.
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **given) {
    if (count < 2) return 2;
    long wanted = atol(given[1]);
    for (long number = 1; number <= wanted; number++)
        printf("line %ld: compiled src/pages/shop/%ld/index.tsx in 12 ms\n", number, number % 997);
    return ferror(stdout) || fflush(stdout);
}
