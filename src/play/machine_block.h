// `machine ARCH { key = value; ... }` and `machine from text <<END`: the first statement of a script.
//
// Keys: ram (16M to 64G), cpus (1 to 256), nodes (1 or 2), kernel ("2.6", "6.1", "6.12", "7.2", newer), seed, page_size
// (4096), swap (bytes, 0), and the settings of play/sysctl.h. Entries end with a newline or `;`. Keys whose rooms are
// not built yet (other sysctls) are refused by name.
#pragma once

#include "play/program.h"
#include "play/token_stream.h"

namespace mmscope {

// Reads the statement; the current token is `machine`. False: reported.
bool parse_machine(TokenStream& tokens, Program* program);

// The diagnostic for an error of Machine::build: at the key that it is about.
Diagnostic place_machine_error(const Program& program, Diagnostic error);

}  // namespace mmscope
