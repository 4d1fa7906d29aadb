// The subcommands. Each prints what it is asked for on stdout, what is wrong on stderr, and returns the
// program's exit status: 0 good, 1 an error in a file or a failed expect.
#pragma once

#include "cli/options.h"

namespace mmscope {

int run_script(const Options& options);     // run: plays the script to its end
int eval_script(const Options& options);    // eval: stops somewhere and answers questions, as JSON
int ask_machine(const Options& options);    // ask: would a request succeed at the script's end? 1 also if it would not
int explain_files(const Options& options);  // explain: OOM and failure reports, in sentences
int conform_files(const Options& options);  // conform: lock step with captures of kernels
int play_tlb_trace(const Options& options); // tlb: hits, misses and walks of a program's references

// conform, where a file is index.tsv or NAME.zoneinfo of a folder `wmark`; other files go to conform_files first.
bool has_wmark_file(const Options& options);
int conform_wmark_files(const Options& options);

}  // namespace mmscope
