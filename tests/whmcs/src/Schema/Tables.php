<?php

/**
 * The tables of WHMCS that modules may read, with the column names of whmcs-contract.md 5.2 and no others, so that a
 * module that names an unknown column fails here as it would there. Guessed by the contract, therefore marked there
 * too: the columns of tblbillableitems, tblmodulelog and tblmodulequeue.
 */

declare(strict_types=1);

namespace StandIn\Schema;

final class Tables
{
    public const ALL = [
        // whmcs-contract.md 5.2 tblclients, tblusers
        'tblclients' => 'uuid:str firstname:text lastname:text companyname:text email:str address1:text address2:text
            city:text state:text postcode:text country:str2 phonenumber:text tax_id:str password:text authmodule:text
            authdata:text currency:int defaultgateway:text credit:dec16.2 taxexempt:tiny latefeeoveride:tiny
            overideduenotices:tiny separateinvoices:tiny disableautocc:tiny datecreated:date notes:text
            billingcid:int securityqid:int securityqans:text groupid:int cardtype:str cardlastfour:text bankname:text
            banktype:text gatewayid:text lastlogin:datetime? ip:text host:text status:str language:text
            pwresetkey:text emailoptout:tiny marketing_emails_opt_in:tiny overrideautoclose:tiny allow_sso:tiny
            email_verified:tiny email_preferences:text created_at:datetime? updated_at:datetime?
            pwresetexpiry:datetime? index(email)',
        'tblusers' => 'first_name:str last_name:str email:str password:str language:str created_at:datetime?
            updated_at:datetime? unique(email)',
        'tblusers_clients' => 'auth_user_id:int client_id:int owner:tiny permissions:text created_at:datetime?
            updated_at:datetime?',
        'tblclientgroups' => 'groupname:str groupcolour:str discountpercent:dec10.2',

        // whmcs-contract.md 5.2 tblhosting, tblhostingaddons, tblorders, tblcancelrequests, tblupgrades
        'tblhosting' => 'userid:int orderid:int packageid:int server:int regdate:date domain:text paymentmethod:text
            qty:int firstpaymentamount:dec16.2 amount:dec16.2 billingcycle:text nextduedate:date? nextinvoicedate:date
            termination_date:date completed_date:date domainstatus:str username:text password:text notes:text
            subscriptionid:text promoid:int suspendreason:text overideautosuspend:text overidesuspenduntil:date
            dedicatedip:text assignedips:text ns1:text ns2:text diskusage:int disklimit:int bwusage:int bwlimit:int
            lastupdate:datetime created_at:datetime? updated_at:datetime? index(userid) index(packageid)
            index(server)',
        'tblhostingaddons' => 'orderid:int hostingid:int addonid:int userid:int server:int name:text qty:int
            setupfee:dec16.2 recurring:dec16.2 billingcycle:text status:str regdate:date nextduedate:date?
            nextinvoicedate:date termination_date:date paymentmethod:text notes:text subscriptionid:text
            created_at:datetime? updated_at:datetime?',
        'tblorders' => 'ordernum:str userid:int contactid:int requestor_id:int admin_requestor_id:int date:datetime
            nameservers:text transfersecret:text renewals:text promocode:text promotype:text promovalue:text
            orderdata:text amount:dec16.2 paymentmethod:text invoiceid:int status:text ipaddress:text
            fraudmodule:text fraudoutput:text notes:text',
        'tblcancelrequests' => 'date:datetime relid:int reason:text type:text created_at:datetime?
            updated_at:datetime?',
        'tblupgrades' => 'userid:int orderid:int type:text date:date relid:int originalvalue:text newvalue:text
            amount:dec16.2 recurringchange:dec16.2 status:str paid:str1',

        // whmcs-contract.md 5.2 tblproducts, tblservers
        'tblproductgroups' => 'name:text slug:str headline:text tagline:text orderfrmtpl:text hidden:tiny order:int',
        'tblproducts' => 'type:text gid:int name:text slug:str description:text hidden:tiny showdomainoptions:tiny
            welcomeemail:int stockcontrol:tiny qty:int proratabilling:tiny proratadate:int proratachargenextmonth:int
            paytype:text allowqty:int subdomain:text autosetup:text servertype:text servergroup:int
            configoption1:text configoption2:text configoption3:text configoption4:text configoption5:text
            configoption6:text configoption7:text configoption8:text configoption9:text configoption10:text
            configoption11:text configoption12:text configoption13:text configoption14:text configoption15:text
            configoption16:text configoption17:text configoption18:text configoption19:text configoption20:text
            configoption21:text configoption22:text configoption23:text configoption24:text freedomain:text
            freedomainpaymentterms:text freedomaintlds:text recurringcycles:int autoterminatedays:int
            autoterminateemail:int configoptionsupgrade:tiny billingcycleupgrade:text upgradeemail:int
            overagesenabled:str overagesdisklimit:int overagesbwlimit:int overagesdiskprice:dec6.4
            overagesbwprice:dec6.4 tax:tiny affiliateonetime:tiny affiliatepaytype:text affiliatepayamount:dec16.2
            order:int retired:tiny is_featured:tiny created_at:datetime? updated_at:datetime?',
        'tblproduct_upgrade_products' => 'product_id:int upgrade_product_id:int',
        'tblservers' => 'name:text ipaddress:text assignedips:text hostname:text monthlycost:dec16.2 noc:text
            statusaddress:text nameserver1:text nameserver1ip:text nameserver2:text nameserver2ip:text
            nameserver3:text nameserver3ip:text nameserver4:text nameserver4ip:text nameserver5:text
            nameserver5ip:text maxaccounts:int type:text username:text password:text accesshash:text secure:text
            port:int? active:int disabled:int',
        'tblservergroups' => 'name:text filltype:int',
        'tblservergroupsrel' => 'groupid:int serverid:int',

        // whmcs-contract.md 5.2 tblinvoices and money
        'tblinvoices' => 'userid:int invoicenum:text date:date? duedate:date? datepaid:datetime
            last_capture_attempt:datetime date_refunded:datetime date_cancelled:datetime subtotal:dec16.2
            credit:dec16.2 tax:dec16.2 tax2:dec16.2 total:dec16.2 taxrate:dec10.3 taxrate2:dec10.3 status:str
            paymentmethod:text paymethodid:int? notes:text created_at:datetime? updated_at:datetime? index(userid)
            index(status)',
        'tblinvoiceitems' => 'invoiceid:int userid:int type:str30 relid:int description:text amount:dec16.2
            taxed:int duedate:date? paymentmethod:text notes:text index(invoiceid) index(userid)',
        'tblaccounts' => 'userid:int currency:int gateway:text date:datetime? description:text amountin:dec16.2
            fees:dec16.2 amountout:dec16.2 rate:dec10.5 transid:text invoiceid:int refundid:int index(invoiceid)',
        'tblcredit' => 'clientid:int admin_id:int date:date? description:text amount:dec16.2 relid:int',
        'tblbillableitems' => 'userid:int description:text hours:dec16.1 unit:int amount:dec16.2 recur:int
            recurcycle:text recurfor:int invoiceaction:int duedate:date? invoicecount:int',
        'tblcurrencies' => 'code:str prefix:str suffix:str format:int rate:dec10.5 default:int',
        'tblpricing' => 'type:str currency:int relid:int msetupfee:dec16.2 qsetupfee:dec16.2 ssetupfee:dec16.2
            asetupfee:dec16.2 bsetupfee:dec16.2 tsetupfee:dec16.2 monthly:dec16.2 quarterly:dec16.2
            semiannually:dec16.2 annually:dec16.2 biennially:dec16.2 triennially:dec16.2',
        'tbltax' => 'level:int name:text state:text country:text taxrate:dec10.3',
        'tblpaymentgateways' => 'gateway:text setting:text value:text order:int',

        // whmcs-contract.md 5.2 custom fields and configurable options
        'tblcustomfields' => 'type:text relid:int fieldname:text fieldtype:text description:text fieldoptions:text
            regexpr:text adminonly:text required:text showorder:text showinvoice:text sortorder:int
            created_at:datetime? updated_at:datetime?',
        'tblcustomfieldsvalues' => 'fieldid:int relid:int value:text created_at:datetime? updated_at:datetime?
            index(fieldid,relid)',
        'tblproductconfiggroups' => 'name:text description:text',
        'tblproductconfiglinks' => 'gid:int pid:int',
        'tblproductconfigoptions' => 'gid:int optionname:text optiontype:text qtyminimum:int qtymaximum:int order:int
            hidden:int',
        'tblproductconfigoptionssub' => 'configid:int optionname:text sortorder:int hidden:int',
        'tblhostingconfigoptions' => 'relid:int configid:int optionid:int qty:int index(relid,configid)',

        // whmcs-contract.md 5.2 system
        'tblconfiguration' => 'setting:str value:text created_at:datetime? updated_at:datetime? unique(setting)',
        'tbladdonmodules' => 'module:text setting:text value:text',
        'tblmodule_configuration' => 'entity_type:str entity_id:int module_type:str setting_name:str friendly_name:str
            value:text created_at:datetime? updated_at:datetime?',
        'tblusage_items' => 'rel_type:str rel_id:int module_type:str module:str metric:str included:dec19.6
            is_hidden:tiny created_at:datetime? updated_at:datetime?',
        'tblactivitylog' => 'date:datetime description:text user:text userid:int user_id:int admin_id:int ipaddr:text',
        'tblmodulelog' => 'date:datetime module:text action:text request:long response:long arrdata:long',
        'tblmodulequeue' => 'service_type:str service_id:int module_name:str module_action:str last_attempt:datetime?
            last_attempt_error:text num_retries:int completed:tiny created_at:datetime? updated_at:datetime?',
        'tblemailtemplates' => 'type:text name:text subject:text message:text attachments:text fromname:text
            fromemail:text disabled:text custom:text language:text copyto:text blind_copy_to:text plaintext:int
            created_at:datetime? updated_at:datetime?',
        'tblemails' => 'userid:int subject:text message:long date:datetime? to:text cc:text bcc:text',
        'tbladmins' => 'uuid:str roleid:int username:text password:str firstname:text lastname:text email:text
            disabled:tiny language:text template:text created_at:datetime? updated_at:datetime?',
        'tbltransientdata' => 'name:text data:long expires:int',
        'tblsslorders' => 'userid:int serviceid:int addon_id:int remoteid:text module:text certtype:text
            configdata:text completiondate:datetime status:text created_at:datetime? updated_at:datetime?',
    ];
}
