# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scripts that fetch packages: the machine's own package sources, with lists
# and downloads kept apart from the machine's.

# The machine's sources for bookworm, as apt itself understands them whatever
# the format of the files they stand in. $1: one more suite.
sources_derive()
{
	local uri codename signed=

	if [ -r /usr/share/keyrings/debian-archive-keyring.gpg ]; then
		signed='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] '
	fi
	# shellcheck disable=SC2016 # these are apt's variables
	apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(ORIGIN) $(COMPONENT)' \
		'Created-By: Packages' |
	awk '$3 == "Debian" && $4 == "main" { print $1, $2 }' | sort -u |
	while read -r uri codename; do
		case $codename in
		bookworm)
			echo "deb $signed$uri bookworm main"
			[ -n "$1" ] && echo "deb $signed$uri $1 main"
			;;
		bookworm-security | bookworm-updates)
			echo "deb $signed$uri $codename main"
			;;
		esac
	done
}

# apt_prepare DIR SUITE: read the lists into DIR, and set apt_opts, the options
# with which apt works there.
apt_prepare()
{
	local apt=$1

	apt_opts=(
		-o "Dir::Etc::SourceList=$apt/sources.list" -o "Dir::Etc::SourceParts=$apt/none"
		-o "Dir::State=$apt/state" -o "Dir::State::status=$apt/status"
		-o "Dir::Cache=$apt/cache" -o "Dir::Etc::Preferences=$apt/none/p" -o "Dir::Etc::PreferencesParts=$apt/none"
		-o APT::Architecture=amd64 -o APT::Architectures=amd64
		-o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3
	)
	mkdir -p "$apt/none" "$apt/state/lists/partial" "$apt/cache/archives/partial" || return 1
	: > "$apt/status"
	sources_derive "$2" > "$apt/sources.list"
	if [ ! -s "$apt/sources.list" ]; then
		echo "apt knows no sources for Debian 12 (bookworm); an 'apt-get update' may be all that is missing" >&2
		return 1
	fi
	apt-get "${apt_opts[@]}" -qq update >&2
}
