<?php

/** Who is logged in. Follows whmcs-contract.md 4.5. */

declare(strict_types=1);

namespace WHMCS\Authentication;

use WHMCS\Database\Capsule;
use WHMCS\User\Admin;
use WHMCS\User\Client;
use WHMCS\User\User;

class CurrentUser
{
    public function client(): ?Client
    {
        return isset($_SESSION['uid']) ? Client::find($_SESSION['uid']) : null;
    }

    public function user(): ?User
    {
        $id = Capsule::table('tblusers_clients')->where('client_id', $_SESSION['uid'] ?? 0)->where('owner', 1)
            ->value('auth_user_id');
        return $id === null ? null : User::find($id);
    }

    public function admin(): ?Admin
    {
        return isset($_SESSION['adminid']) ? Admin::find($_SESSION['adminid']) : null;
    }

    public function isAuthenticatedUser(): bool
    {
        return isset($_SESSION['uid']);
    }

    public function isAuthenticatedAdmin(): bool
    {
        return isset($_SESSION['adminid']);
    }

    public function isMasqueradingAdmin(): bool
    {
        return isset($_SESSION['uid'], $_SESSION['adminid']);
    }
}
