<?php

/** An answer of "no" with a sentence for a person: a command line error or the message of an API error. */

declare(strict_types=1);

namespace StandIn;

final class Refusal extends \RuntimeException
{
}
