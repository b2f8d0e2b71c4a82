// SPDX-License-Identifier: GPL-2.0
/* Numbers that are the same on every machine, kernel and word size. */
#include "oracle.h"

static uint64_t state;

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

void rng_start(uint64_t seed, uint64_t call)
{
	state = mix(seed * 0x9e3779b97f4a7c15ull) ^ mix(call + 0x5851f42d4c957f2dull);
}

uint64_t rng_next(void)
{
	state += 0x9e3779b97f4a7c15ull;
	return mix(state);
}

uint64_t rng_below(uint64_t n)
{
	return n ? rng_next() % n : 0;
}

bool rng_chance(unsigned int percent)
{
	return rng_below(100) < percent;
}

/* Eight bytes a step: the guest hashes whole disks with it. */
uint64_t hash_bytes(const void *data, size_t len, uint64_t start)
{
	const unsigned char *p = data;
	uint64_t h = start ^ (len * 0x9e3779b97f4a7c15ull);

	for (; len >= 8; len -= 8, p += 8) {
		uint64_t w;

		__builtin_memcpy(&w, p, 8);
		h = (h ^ w) * 0x9ddfea08eb382d69ull;
		h ^= h >> 29;
	}
	for (; len; len--, p++)
		h = ((h ^ *p) * 0x100000001b3ull) ^ (h >> 31);
	return mix(h);
}
