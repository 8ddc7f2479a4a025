#pragma once

#include "library.h"
#include "support/catch.h"
