<?php

/** The documented model of tblclients. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\User;

use WHMCS\Model\AbstractModel;

class Client extends AbstractModel
{
    protected $table = 'tblclients';

    protected const ALIASES = ['firstName' => 'firstname', 'lastName' => 'lastname', 'companyName' => 'companyname',
        'phoneNumber' => 'phonenumber', 'currencyId' => 'currency', 'taxExempt' => 'taxexempt'];

    protected $hidden = ['password'];

    public function services(): \Illuminate\Database\Eloquent\Relations\HasMany
    {
        return $this->hasMany(\WHMCS\Service\Service::class, 'userid');
    }

    public function invoices(): \Illuminate\Database\Eloquent\Relations\HasMany
    {
        return $this->hasMany(\WHMCS\Billing\Invoice::class, 'userid');
    }
}
