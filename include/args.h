/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Splitting a line of parameters into words. Pure.
 *
 * dm_read_arg(), dm_read_arg_group(), dm_shift_arg() and dm_consume_args() are
 * declared in <linux/device-mapper.h> and live beside it in table/args.c.
 */
#ifndef DM_ARGS_H
#define DM_ARGS_H

/**
 * dm_args_split() - split a line in place
 * @line: the line; it is changed, and the words point into it
 * @argc: how many words
 * @argv: array of the words, to be freed with kvfree(); NULL where there is none
 *
 * Words are separated by white space. A backslash takes the special meaning
 * from the character behind it; one at the very end stands for itself.
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int dm_args_split(char *line, unsigned int *argc, char ***argv);

/**
 * dm_args_split_few() - the same, without an allocation where words are few
 * @line: the line
 * @argc: how many words
 * @argv: array of the words; where it is not @few, to be freed with kvfree()
 * @few: an array to use as long as it is large enough
 * @room: how many words it has room for
 */
int dm_args_split_few(char *line, unsigned int *argc, char ***argv, char **few,
		      unsigned int room);

#endif
