// SPDX-License-Identifier: GPL-2.0
/*
 * oracle play SEED CALLS LOG DISK[,DISK...] [PROGRAM32]
 * oracle probe DISK[,DISK...]                (calls from the standard input)
 * oracle compare SEED LOG LOG [DIFFERENCES]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

static int play_main(int argc, char **argv)
{
	if (argc < 6 || argc > 7)
		die("play SEED CALLS LOG DISKS [PROGRAM32]");
	log_open(argv[4]);
	arena_init(argc > 6 ? argv[6] : NULL);
	disks_init(argv[5]);
	arena_open_control();
	watch_init();
	workers_init();
	play_seed(strtoull(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
	arena_close_control();
	return watch_bad() ? 5 : 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--twin"))
		return twin_main(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "play"))
		return play_main(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "probe"))
		return probe_main(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "compare"))
		return compare_main(argc, argv);
	die("play, probe or compare");
}
