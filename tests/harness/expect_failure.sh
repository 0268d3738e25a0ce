#!/usr/bin/env bash
# Passes when the command fails and says so in the words of KrTestEnd().
if output=$("$@" 2>&1); then
  echo "exit code 0 although an expectation failed"
  exit 1
fi
grep '^FAILED: ' <<<"$output"
